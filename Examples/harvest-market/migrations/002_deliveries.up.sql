CREATE TABLE deliveries (bid TEXT PRIMARY KEY);
CREATE INDEX bids_by_lot ON bids (lot);
