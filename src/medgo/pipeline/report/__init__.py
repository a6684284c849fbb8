"""One page on a whole pipeline: needs no other file and no network. Works out nothing that the card does not."""
