DOMAIN = "regenuhr"

HOST = "regenuhr.example"
AUTHORIZE = "https://%s/oauth/authorize" % HOST
TOKEN = "https://{}/oauth/token".format(HOST)
