# Releases an address of the mock's built-in records. Start the mock, set
# the environment variables that it prints, and ECS_ENDPOINT to its URL.
variables {
  instances = {
    web = { instance_id = "i-bp1mockvpc", public_ip_address = "121.40.10.11" }
  }
}

run "releases" {
  assert {
    condition     = output.outcomes == { web = "released" }
    error_message = "The address was not released."
  }
}

run "the_day_after" {
  variables {
    instances = {
      web = { instance_id = "i-bp1mockvpc", public_ip_address = "" }
    }
  }

  assert {
    condition     = alicloud_ecs_public_ip_release.this["web"].public_ip_address == "121.40.10.11"
    error_message = "An empty address must call nothing, and leave state as it is."
  }
}
