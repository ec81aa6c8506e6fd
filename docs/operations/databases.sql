-- The four databases of Shopclerk, one for each program that keeps something. Run once by PostgreSQL's image.
CREATE DATABASE shop;
CREATE DATABASE gateway;
CREATE DATABASE tracker;
CREATE DATABASE review;
