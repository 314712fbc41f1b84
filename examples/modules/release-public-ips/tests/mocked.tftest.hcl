# Checks what the module makes of its inputs. Nothing is called.
mock_provider "alicloud-extras" {}

run "releases_the_chosen_ones" {
  command = plan

  variables {
    instances = {
      web  = { instance_id = "i-bp1mockvpc", public_ip_address = "121.40.10.11" }
      kept = { instance_id = "i-bp1mockkept", public_ip_address = "121.40.10.12", release = false }
    }
  }

  assert {
    condition     = keys(alicloud_ecs_public_ip_release.this) == ["web"]
    error_message = "Only instances with release = true may lose their address."
  }
}

run "refuses_what_is_not_an_instance_id" {
  command = plan

  variables {
    instances = {
      web = { instance_id = "web", public_ip_address = "121.40.10.11" }
    }
  }

  expect_failures = [var.instances]
}
