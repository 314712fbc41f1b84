terraform {
  required_providers {
    alicloud = {
      source = "aliyun/alicloud"
    }
    alicloud-extras = {
      source  = "alicloud-extras/alicloud"
      version = "~> 0.1"
    }
  }
}

provider "alicloud" {
  region = "cn-hangzhou"
}

provider "alicloud-extras" {
  region = "cn-hangzhou"
}

resource "alicloud_ecs_public_ip_release" "web" {
  provider = alicloud-extras

  public_ip_address = "121.40.10.20"
  instance_id       = "i-bp67acfmxazb4p0001"
}
