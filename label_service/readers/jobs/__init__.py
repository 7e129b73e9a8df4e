"""Records that machines keep of their jobs: as made, failed jobs included."""
