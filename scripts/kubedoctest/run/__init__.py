"""One page run from start to end: its commands in their order, each judged as the page goes on."""
