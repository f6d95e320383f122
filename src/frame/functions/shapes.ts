/*
 * The shapes that text is checked for, in the syntax that RE2 and PostgreSQL share. They tell what is written like an
 * address or a number; whether it exists, only its owner knows.
 */

const LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

/** The address of HTML's `<input type="email">`, its domain with a dot. */
export const EMAIL: string = `^[A-Za-z0-9.!#$%&'*+/=?^_\`{|}~-]+@${LABEL}([.]${LABEL})+$`;

/** An absolute http or https address: host or IPv4 address, then perhaps a port, a path, a query and a fragment, without blanks. */
export const URL_SHAPE: string = `^[Hh][Tt][Tt][Pp][Ss]?://(${LABEL}[.])*${LABEL}(:[0-9]{1,5})?([/?#][^ \\t\\n\\r]*)?$`;

/** A telephone number by E.164: a plus sign, then up to 15 digits, the first not 0. */
export const PHONE = '^[+][1-9][0-9]{1,14}$';
