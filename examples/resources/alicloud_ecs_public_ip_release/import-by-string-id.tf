import {
  to = alicloud_ecs_public_ip_release.web
  id = "cn-hangzhou:i-bp67acfmxazb4p0001:121.40.10.20"
}

resource "alicloud_ecs_public_ip_release" "web" {
  provider = alicloud-extras

  public_ip_address = "121.40.10.20"
  instance_id       = "i-bp67acfmxazb4p0001"
}
