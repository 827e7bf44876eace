-- What is held for suspended instances is looked for without a look at all that is under way.

create index outbox_held on outbox (sequence) where held = 1;
