-- Runs once, when the data directory is made. The registry keeps its schemas in a database and with a role of its own:
-- its default is memory, and after a restart the same id would mean another schema.
create role registry login password 'registry';
create database registry owner registry;
