# Releases an address of the mock's built-in records. Start the mock, set
# the environment variables that it prints, and ECS_ENDPOINT to its URL. Then copy
# stand-in/set_up_override.tf beside main.tf.

# Instead of the official provider. The instance is one of the mock's.
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
