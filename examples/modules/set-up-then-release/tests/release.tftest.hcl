# Releases an address of the mock endpoint, in the records that it begins with.
# Start it, and set the environment variables that it prints and ECS_ENDPOINT,
# its URL. Then copy stand-in/set_up_override.tf beside main.tf.

# Stands in for the official provider: its instance is the mock endpoint's.
mock_provider "alicloud" {
  mock_resource "alicloud_instance" {
    defaults = {
      id        = "i-bp1mockvpc"
      public_ip = "121.40.10.11"
    }
  }
}

run "releases" {
  assert {
    condition     = alicloud_ecs_public_ip_release.web.outcome == "released"
    error_message = "The address was not released."
  }
}
