"""The pure vocabulary every domain shares: context, errors, money, tax, ids, states, codec. No input or output."""
