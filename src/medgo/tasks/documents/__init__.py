"""Documents of a patient's record, one file each; sections as WS/T 500 and C-CDA name them."""
