terraform {
  required_providers {
    alicloud = {
      source = "aliyun/alicloud"
    }
    alicloud-extras = {
      source = "alicloud-extras/alicloud"
    }
  }
}

provider "alicloud" {
  region = "cn-hangzhou"
}

provider "alicloud-extras" {
  region = "cn-hangzhou"
}

variable "instance_id" {
  description = "The instance that loses its public IP address, or null for none."
  type        = string
  default     = null
}

# By the official provider.
data "alicloud_instances" "web" {
  count = var.instance_id == null ? 0 : 1

  ids = [var.instance_id]
}

module "release" {
  source = "../release-public-ips"
  count  = length(data.alicloud_instances.web)

  # The module's alicloud is this provider.
  providers = {
    alicloud = alicloud-extras
  }

  instances = {
    web = {
      instance_id       = var.instance_id
      public_ip_address = data.alicloud_instances.web[count.index].instances[0].public_ip
    }
  }
}
