"""Constants of Pegelstand."""

DOMAIN = "pegelstand"

TEST_SUFFIX = "-test"
PRODUCTION = "https://auth.pegelstand.example"
TEST = "https://auth.test.pegelstand.example"
