-- Who releases films: the house behind a distributor's name, and how large it is.
CREATE TABLE IF NOT EXISTS studios (
  distributor text PRIMARY KEY,
  studio text NOT NULL,
  tier text NOT NULL CHECK (tier IN ('major', 'mini-major', 'specialty'))
);

INSERT INTO studios (distributor, studio, tier) VALUES
  ('20th Century Fox', 'Fox', 'major'),
  ('Fox Searchlight', 'Fox', 'specialty'),
  ('Paramount Pictures', 'Paramount', 'major'),
  ('Paramount Vantage', 'Paramount', 'specialty'),
  ('Sony Pictures', 'Sony', 'major'),
  ('Sony/Columbia', 'Sony', 'major'),
  ('Sony/Screen Gems', 'Sony', 'mini-major'),
  ('Sony/TriStar', 'Sony', 'major'),
  ('Sony Pictures Classics', 'Sony', 'specialty'),
  ('Universal', 'Universal', 'major'),
  ('Focus Features', 'Universal', 'specialty'),
  ('Focus/Rogue Pictures', 'Universal', 'specialty'),
  ('Gramercy', 'Universal', 'specialty'),
  ('USA Films', 'Universal', 'specialty'),
  ('Walt Disney Pictures', 'Disney', 'major'),
  ('Miramax', 'Disney', 'mini-major'),
  ('Miramax/Dimension', 'Disney', 'mini-major'),
  ('Warner Bros.', 'Warner', 'major'),
  ('New Line', 'Warner', 'mini-major'),
  ('Fine Line', 'Warner', 'specialty'),
  ('Picturehouse', 'Warner', 'specialty'),
  ('Warner Independent', 'Warner', 'specialty'),
  ('MGM', 'MGM', 'mini-major'),
  ('MGM/UA Classics', 'MGM', 'specialty'),
  ('Orion Pictures', 'MGM', 'mini-major'),
  ('Orion Classics', 'MGM', 'specialty'),
  ('United Artists', 'MGM', 'mini-major'),
  ('Dreamworks SKG', 'DreamWorks', 'mini-major'),
  ('Artisan', 'Lionsgate', 'mini-major'),
  ('Lionsgate', 'Lionsgate', 'mini-major'),
  ('Overture Films', 'Overture', 'mini-major'),
  ('Polygram', 'PolyGram', 'mini-major'),
  ('Summit Entertainment', 'Summit', 'mini-major'),
  ('Weinstein Co.', 'Weinstein', 'mini-major'),
  ('Weinstein/Dimension', 'Weinstein', 'mini-major')
ON CONFLICT DO NOTHING;
