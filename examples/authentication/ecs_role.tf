provider "alicloud-extras" {
  region        = "cn-hangzhou"
  ecs_role_name = "terraform-ecs"
}
