"""POSLog files of the NRF (ARTS), versions 2.x and 6, as tills drop them."""
