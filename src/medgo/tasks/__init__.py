"""What MedGo is asked to do: one file a task, Chinese and English in one definition."""
