"""What we sell: products, their variants, kits, units, identifiers.

Owns: products, variants, their pictures, the guards of SKUs and GTINs (which are the look-up of every order line), and
the files products come from and go to. Does not own prices (pricing), quantities (stock) or a channel's own ids
(channels). Events out: ProductCreated, ProductUpdated, VariantCreated, VariantUpdated. Events in: none.
"""
