"""What the law, EN 16931 and the chart of accounts ask of an invoice: its sentences by date, its electronic form, what keeps
it from issue, the entries it makes."""
