// Fastify with its own plugins for what bench/peers/express does: helmet, a rate limit, a JWT check, a session look-up,
// a role check.
'use strict';

const fs = require('node:fs');
const { Pool } = require('pg');

const publicKey = fs.readFileSync(process.env.PUBLIC_KEY, 'utf8');
const body = JSON.parse(fs.readFileSync(process.env.BODY));
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const findSession = 'SELECT user_id, role FROM sessions WHERE id = $1 AND NOT revoked AND expires_at > now()';

async function authenticate(request, reply) {
  try {
    await request.jwtVerify();
  } catch {
    return reply.code(401).send({ success: false, message: 'Invalid token' });
  }
  const { rows } = await pool.query(findSession, [request.user.sid]);
  if (rows.length === 0) return reply.code(401).send({ success: false, message: 'Session revoked' });
  request.session = rows[0];
}

function requireRole(...roles) {
  return async (request, reply) => {
    if (!roles.includes(request.session.role)) return reply.code(403).send({ success: false, message: 'Forbidden' });
  };
}

async function main() {
  const app = require('fastify')();
  await app.register(require('@fastify/helmet'));
  await app.register(require('@fastify/rate-limit'), { max: 1_000_000_000, timeWindow: '1 minute' });
  await app.register(require('@fastify/jwt'), { secret: { public: publicKey }, verify: { algorithms: ['RS256'] } });
  const preHandler = [authenticate, requireRole('viewer', 'editor', 'admin')];
  app.get('/api/v1/profile', { preHandler }, async () => body);
  await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
}

main();
