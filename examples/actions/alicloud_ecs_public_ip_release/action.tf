variable "address" {
  description = "The public IP address to release"
  type        = string
  default     = "121.40.10.20"
}

# terraform apply -invoke=action.alicloud_ecs_public_ip_release.web
action "alicloud_ecs_public_ip_release" "web" {
  provider = alicloud-extras

  config {
    public_ip_address = var.address
    instance_id       = "i-bp67acfmxazb4p0001"
    preflight         = true
  }
}
