resource "alicloud_ecs_public_ip_release" "web" {
  public_ip_address = "121.40.10.12"
  instance_id       = "i-bp1mockvpc"
}
