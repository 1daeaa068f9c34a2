// Express 5 as its tutorials build a protected API: helmet, a rate limit, a JWT check, a session look-up, a role check.
'use strict';

const { createPublicKey } = require('node:crypto');
const fs = require('node:fs');
const express = require('express');
const helmet = require('helmet');
const jwt = require('jsonwebtoken');
const { rateLimit } = require('express-rate-limit');
const { Pool } = require('pg');

// Read once. Tutorials hand jsonwebtoken the PEM text, which it then parses at every request: a quarter of its time.
const publicKey = createPublicKey(fs.readFileSync(process.env.PUBLIC_KEY));
const body = JSON.parse(fs.readFileSync(process.env.BODY));
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const findSession = 'SELECT user_id, role FROM sessions WHERE id = $1 AND NOT revoked AND expires_at > now()';

async function authenticate(req, res, next) {
  const header = req.headers.authorization;
  const token = header && header.split(' ')[1];
  if (!token) return res.status(401).json({ success: false, message: 'Authentication required' });
  let claims;
  try {
    claims = jwt.verify(token, publicKey, { algorithms: ['RS256'] });
  } catch {
    return res.status(401).json({ success: false, message: 'Invalid token' });
  }
  const { rows } = await pool.query(findSession, [claims.sid]);
  if (rows.length === 0) return res.status(401).json({ success: false, message: 'Session revoked' });
  req.user = rows[0];
  next();
}

function requireRole(...roles) {
  return (req, res, next) => {
    if (!roles.includes(req.user.role)) return res.status(403).json({ success: false, message: 'Forbidden' });
    next();
  };
}

const app = express();
app.use(helmet());
app.use(rateLimit({ windowMs: 60_000, limit: 1_000_000_000, standardHeaders: 'draft-8', legacyHeaders: true }));
app.use(express.json());
app.get('/api/v1/profile', authenticate, requireRole('viewer', 'editor', 'admin'), (req, res) => res.json(body));

app.listen(Number(process.env.PORT), '127.0.0.1');
