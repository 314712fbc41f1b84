# Instances can stay in the map: once an address is released, an empty
# public_ip_address calls nothing.
resource "alicloud_ecs_public_ip_release" "this" {
  provider = alicloud-extras
  for_each = { for name, instance in var.instances : name => instance if instance.release }

  public_ip_address = each.value.public_ip_address
  instance_id       = each.value.instance_id
  region_id         = var.region_id
  dry_run           = var.dry_run
}
