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

# Create the instance with a public IP address.
resource "alicloud_instance" "web" {
  instance_type              = "ecs.g7.large"
  image_id                   = "aliyun_3_x64_20G_alibase_20250117.vhd"
  vswitch_id                 = "vsw-bp1s5fnvk4gn2tws0web1"
  security_groups            = ["sg-bp67acfmxazb4ph0web1"]
  key_name                   = "web"
  system_disk_category       = "cloud_essd"
  internet_max_bandwidth_out = 10

  lifecycle {
    ignore_changes = [internet_max_bandwidth_out]
  }
}

# Set it up over that address.
resource "terraform_data" "set_up" {
  triggers_replace = alicloud_instance.web.id

  connection {
    host = alicloud_instance.web.public_ip
    user = "root"
  }

  provisioner "remote-exec" {
    inline = ["dnf install -y nginx", "systemctl enable --now nginx"]
  }
}

# Release the address, in the same apply.
resource "alicloud_ecs_public_ip_release" "web" {
  provider   = alicloud-extras
  depends_on = [terraform_data.set_up]

  public_ip_address = alicloud_instance.web.public_ip
  instance_id       = alicloud_instance.web.id
  preflight         = true
}
