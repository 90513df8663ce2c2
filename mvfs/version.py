"""Which mvfs this is, for modules that must not import the package's public face."""

VERSION = "0.1.0"
