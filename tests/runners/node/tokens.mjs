// Tokens made, listed, changed and dropped.

import { inspect } from 'node:util';

const issued = new Map();

/** What a step on the tokens of a connection answers; null if nobody can do it. */
export async function tokens(of, step) {
  const { do: what, name, user, ttl_days: ttlDays, enabled, provider, extra_info: extraInfo } = step;
  switch (what) {
    case 'create': {
      const token = await of.create({ name, user, ttlDays, enabled, provider, extraInfo });
      issued.set(step.issued, token);
      const { fingerprint, issuedAt, expiresAt } = token;
      return { token: token.reveal(), fingerprint, issued_at: milliseconds(issuedAt), expires_at: milliseconds(expiresAt) };
    }
    case 'describe': {
      const token = issued.get(step.issued);
      const everything = inspect({ token }, { depth: null, showHidden: true, getters: true });
      return { text: `${everything} ${JSON.stringify({ token })} ${token} ${Object.values(token)}` };
    }
    case 'list':
      return { tokens: (await of.list()).map(row) };
    case 'enable':
    case 'disable':
    case 'drop':
      await of[what](name);
      return {};
    case 'ttl':
      await of.setTtl(name, ttlDays);
      return {};
    default:
      return null;
  }
}

function row({ createdAt, expiresAt, extraInfo: extra_info, ...rest }) {
  return { ...rest, created_at: milliseconds(createdAt), expires_at: milliseconds(expiresAt), extra_info };
}

function milliseconds(date) {
  return date === null ? null : date.getTime();
}
