"""The action server: thin actions over services over the shop database, recommender and knowledge base."""
