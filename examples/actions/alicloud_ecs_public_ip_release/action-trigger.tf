# The action runs in the apply that creates the instance.
resource "alicloud_instance" "web" {
  # ...

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.alicloud_ecs_public_ip_release.web]
    }
  }
}

action "alicloud_ecs_public_ip_release" "web" {
  provider = alicloud-extras

  config {
    public_ip_address = alicloud_instance.web.public_ip
    instance_id       = alicloud_instance.web.id
  }
}
