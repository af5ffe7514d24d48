"""Who is at risk of remaining or becoming extreme poor, and what to offer within a budget."""
