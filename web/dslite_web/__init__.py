"""The files of dslite's web page, for ``dslite web``: in site/, which ``npm run build`` writes."""
