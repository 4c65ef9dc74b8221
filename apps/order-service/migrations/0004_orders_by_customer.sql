-- GET /orders?customerId=…: an order's first fact names its customer. One entry an order, none for any other fact.
create index events_by_customer on orders.events ((data ->> 'customerId'), position) where version = 1;
