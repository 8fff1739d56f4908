"""How jobs and competitors are started, timed and compared; knows no competitor and no section."""
