# The instance is the official provider's, the release is this one's.
resource "alicloud_instance" "web" {
  # ...
}

resource "alicloud_ecs_public_ip_release" "web" {
  provider = alicloud-extras

  public_ip_address = alicloud_instance.web.public_ip
  instance_id       = alicloud_instance.web.id
}
