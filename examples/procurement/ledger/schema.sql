PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS invoices (
  tenant TEXT NOT NULL, id TEXT NOT NULL, vendor TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL,
  posted INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tenant, id)
);
CREATE TABLE IF NOT EXISTS contracts (
  tenant TEXT NOT NULL, vendor TEXT NOT NULL, ceiling TEXT NOT NULL, currency TEXT NOT NULL, PRIMARY KEY (tenant, vendor)
);
CREATE TABLE IF NOT EXISTS drafts (tenant TEXT NOT NULL, invoice TEXT NOT NULL);
-- One posting for one operation: a second one of the same is a fault of the ledger, not of the books.
CREATE TABLE IF NOT EXISTS entries (
  tenant TEXT NOT NULL, invoice TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL, operation TEXT UNIQUE
);
CREATE TABLE IF NOT EXISTS refusals (invoice TEXT NOT NULL, code TEXT NOT NULL);

INSERT OR IGNORE INTO contracts VALUES
  ('acme', 'northwind', '900.00', 'EUR'), ('acme', 'initech', '400.00', 'EUR'), ('globex', 'northwind', '50.00', 'EUR');
INSERT OR IGNORE INTO invoices (tenant, id, vendor, amount, currency) VALUES
  ('acme', 'inv-1', 'northwind', '250.00', 'EUR'),
  ('acme', 'inv-2', 'northwind', '310.50', 'EUR'),
  ('acme', 'inv-3', 'initech', '399.99', 'EUR'),
  ('acme', 'inv-4', 'northwind', '5200.00', 'EUR'),
  ('acme', 'inv-5', 'initech', '120.00', 'EUR'),
  ('globex', 'inv-9', 'northwind', '40.00', 'EUR');
