def test_the_default_credentials_are_the_accounts_root(server):
    answer = server.client("sts").get_caller_identity()
    assert answer["Arn"] == "arn:aws:iam::000000000000:root"


def test_a_twelve_digit_key_is_that_accounts_root(server):
    answer = server.client("sts", aws_access_key_id="123456789012").get_caller_identity()
    assert answer["Account"] == "123456789012"


def test_the_cli_works(server):
    assert '"Account": "000000000000"' in server.aws("sts", "get-caller-identity").stdout
