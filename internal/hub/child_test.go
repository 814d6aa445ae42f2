package hub_test

const childArgs = "HUB_TEST_CHILD"

func child(string) int { return 0 }
