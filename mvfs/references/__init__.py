"""External objects by URI: looked up, listed, opened and compared with what was recorded, safely."""
