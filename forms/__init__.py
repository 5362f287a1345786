"""What a page may submit: WTForms, one file per area."""
