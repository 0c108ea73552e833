DROP INDEX bids_by_lot;
DROP TABLE deliveries;
