resource "alicloud_ecs_public_ip_release" "web" {
  public_ip_address = ""
  instance_id       = "i-bp1mockvpc"
  triggers = {
    revision = "2"
  }
}
