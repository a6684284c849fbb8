"""What a clinical text says, without knowing medicine: sentences, quantities, negation, laterality, age and sex."""
