# Right after the release, public_ip still shows the address that is gone.
check "no_public_address" {
  assert {
    condition     = contains(["", alicloud_ecs_public_ip_release.web.public_ip_address], alicloud_instance.web.public_ip)
    error_message = "Instance ${alicloud_instance.web.id} has a public IP address again: ${alicloud_instance.web.public_ip}."
  }
}
