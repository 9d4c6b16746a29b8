"""DeepSpectrumLite's configuration, turned into one of dslite's."""
