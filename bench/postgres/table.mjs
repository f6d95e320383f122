// The target of the Postgres job, made anew by every entry.
export const ddl = `
  drop table if exists orders;
  create table orders (
    order_id bigint not null, customer_id bigint not null, sku text not null, region text not null, note text not null,
    quantity bigint, unit_price numeric(12, 2) not null, revenue numeric(14, 2) not null,
    ordered_on date not null, sold_at timestamp not null, paid boolean not null
  )`;
