resource "alicloud_ecs_public_ip_release" "web" {
  public_ip_address = ""
  instance_id       = "i-bp2other"
  region_id         = "eu-central-1"
  triggers = {
    revision = "2"
  }
}
