"""Methods of section "Statistics" of the definitions: intervals, comparison of two periods. Pure."""
